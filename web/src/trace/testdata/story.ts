import type { Trace } from "../../api/types.gen";
import { buildTrace, type SpanSpec } from "./build";

export const STORY_ID = "68f0c2a17be41c09d2f35a8641bb07de";

/** Index of the span that the story ends at: the call of the product page to reviews v3. */
export const STORY_CALL = 50;

/**
 * storyTrace is a request that a service mesh made slow: reviews v3 waits twice for
 * its connection pool of size 1, and recommend asks its database 24 times.
 */
export function storyTrace(): Trace {
  const trace = buildTrace(STORY_ID, "1760968931384000000", storySpans(), { reviews: "v3" });
  return {
    ...trace,
    skew: [{ service: trace.services.findIndex((s) => s.name === "ratings"), movedNs: -3_100_000 }],
  };
}

function storySpans(): SpanSpec[] {
  const out: SpanSpec[] = [];
  const add = (
    depth: number,
    service: string,
    name: string,
    startMs: number,
    ms: number,
    more: Partial<SpanSpec> = {},
  ) => out.push({ depth, service, name, startMs, ms, ...more });
  const proxy = { proxy: true };
  const [server, client] = [{ kind: 2 }, { kind: 3 }];
  add(0, "gateway", "GET /productpage", 0, 2043, {
    ...server,
    fault: true,
    critical: [
      [0, 1.2],
      [2041.6, 2043],
    ],
  });
  add(1, "gateway", "ingress", 0.2, 2042.5, { ...proxy, ...server });
  add(2, "gateway", "ext_authz", 0.6, 22, client);
  add(3, "auth", "Check", 2.1, 19, {
    ...server,
    critical: [
      [2.1, 6],
      [19, 21.1],
    ],
  });
  add(4, "auth", "session.load", 4, 15);
  add(5, "auth", "redis GET session", 6, 12, { ...client, critical: [[6, 18]] });
  add(4, "auth", "policy.evaluate", 19.2, 1.6);
  add(2, "gateway", "egress productpage:9080", 23, 2018, { ...proxy, ...client });
  add(3, "productpage", "ingress", 24.6, 2015.6, { ...proxy, ...server });
  add(4, "productpage", "GET /productpage", 25.2, 2014.4, {
    ...server,
    fault: true,
    critical: [
      [25.2, 118],
      [2028.6, 2039.6],
    ],
  });
  add(5, "productpage", "session.decode", 26, 3.1);
  add(5, "productpage", "GET details:9080/details/7", 30, 84, client);
  add(6, "productpage", "egress details", 30.4, 83, { ...proxy, ...client });
  add(7, "details", "ingress", 33, 79, { ...proxy, ...server });
  add(8, "details", "GET /details/{id}", 33.6, 78, {
    ...server,
    critical: [
      [33.6, 44],
      [96, 111.6],
    ],
  });
  add(9, "details", "SELECT book", 44, 52, { ...client, critical: [[44, 96]] });
  add(9, "details", "cache.put", 98, 4);
  add(5, "productpage", "GET recommend:9080/for/{user}", 116, 688, client);
  add(6, "productpage", "egress recommend", 116.4, 687, { ...proxy, ...client });
  add(7, "recommend", "ingress", 119, 682, { ...proxy, ...server });
  add(8, "recommend", "GET /for/{user}", 119.8, 680, server);
  add(9, "recommend", "model.load", 122, 61);
  add(10, "recommend", "file.read weights.bin", 124, 38);
  add(9, "recommend", "candidates", 184, 92);
  add(10, "recommend", "SELECT related", 188, 71, client);
  for (let i = 0; i < 24; i++)
    add(9, "recommend", "SELECT product by id", 280 + i * 20.2, 17 + ((i * 7) % 5) * 0.7, client);
  add(9, "recommend", "rank", 768, 30);
  add(5, "productpage", "GET reviews:9080/reviews/7", 118, 1910.6, { ...client, fault: true });
  add(6, "productpage", "egress reviews", 118.5, 1909.6, { ...proxy, ...client });
  add(7, "reviews", "ingress", 121, 1904.4, { ...proxy, ...server });
  add(8, "reviews", "GET /reviews/{id}", 121.7, 1903, {
    ...server,
    fault: true,
    critical: [
      [121.7, 141],
      [2006, 2024.7],
    ],
  });
  add(9, "reviews", "ReviewService.list", 124, 16);
  add(10, "reviews", "jwt.verify", 126, 4);
  add(9, "reviews", "RatingsClient.get, attempt 1", 141, 1000, { fault: true, critical: [[141, 146]] });
  add(10, "reviews", "pool.acquire ratings", 146, 995, {
    fault: true,
    critical: [[146, 1141]],
    events: [1141],
  });
  add(9, "reviews", "backoff", 1141, 50, { critical: [[1141, 1191]] });
  add(9, "reviews", "RatingsClient.get, attempt 2", 1191, 815, { critical: [[2003, 2006]] });
  add(10, "reviews", "pool.acquire ratings", 1192, 797, { critical: [[1192, 1989]] });
  add(10, "reviews", "GET ratings:9080/ratings/7", 1989, 14.6, client);
  add(11, "reviews", "egress ratings", 1989.4, 13.9, { ...proxy, ...client });
  add(12, "ratings", "ingress", 1991.6, 9.6, { ...proxy, ...server });
  add(13, "ratings", "GET /ratings/{id}", 1992, 8.8, {
    ...server,
    critical: [
      [1992, 1994],
      [1999.1, 2000.8],
    ],
  });
  add(14, "ratings", "mongodb.find ratings", 1994, 5.1, { ...client, critical: [[1994, 1999.1]] });
  add(9, "reviews", "render json", 2008, 14);
  add(5, "productpage", "GET cart:7070/cart", 806, 42, client);
  add(6, "productpage", "egress cart", 806.4, 41, { ...proxy, ...client });
  add(7, "cart", "ingress", 809, 36, { ...proxy, ...server });
  add(8, "cart", "GET /cart", 809.6, 34, server);
  add(9, "cart", "redis HGETALL cart", 812, 12, client);
  add(9, "cart", "redis EXPIRE cart", 826, 9, client);
  add(5, "productpage", "template.render", 2029, 9.6, { events: [2031] });
  add(6, "productpage", "jinja productpage.html", 2029.6, 8);
  add(5, "productpage", "audit.write (async)", 2040, 340);
  add(6, "productpage", "POST events:8080/audit", 2052, 318, client);
  add(7, "mailer", "POST /audit", 2060, 300, server);
  add(8, "mailer", "spool.append", 2066, 240);
  add(8, "mailer", "fsync", 2306, 48);
  return out;
}
