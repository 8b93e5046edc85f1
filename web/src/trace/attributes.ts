import type { Attribute } from "../api/types.gen";

/** AttributeGroup is a set of attributes with its heading. */
export interface AttributeGroup {
  readonly title: string;
  readonly attributes: readonly Attribute[];
}

const order = ["Request", "Mesh", "Database", "Messaging", "Resource", "Other"] as const;

/** First match wins; what matches nothing is Other. */
const groups: readonly (readonly [RegExp, (typeof order)[number]])[] = [
  [
    /^(upstream|downstream)[._]|^(envoy|istio|mesh)\.|^(node_id|response_flags|guid:x-request-id|x-request-id|component)$|^route\./,
    "Mesh",
  ],
  [/^(db|redis|mongodb)\./, "Database"],
  [/^(messaging|kafka|rabbitmq|aws\.(sqs|sns))\./, "Messaging"],
  [
    /^(http|url|rpc|server|client|net|network|error|exception|user_agent|peer|faas|graphql|tls)(\.|$)|^(user_agent|request_size|response_size|protocol)$/,
    "Request",
  ],
];

/** The keys people look for first, before the alphabet. */
const first = [
  "http.request.method",
  "http.method",
  "http.response.status_code",
  "http.status_code",
  "http.route",
  "url.path",
  "url.full",
  "http.url",
  "server.address",
  "error.type",
  "db.system",
  "db.system.name",
  "db.statement",
  "db.query.text",
  "service.name",
  "service.version",
];

/** groupAttributes sorts a span's and its resource's attributes under headings; empty groups are left out. */
export function groupAttributes(
  span: readonly Attribute[],
  resource: readonly Attribute[],
): AttributeGroup[] {
  const by = new Map<string, Attribute[]>(order.map((title) => [title, []]));
  for (const a of span) by.get(groups.find(([keys]) => keys.test(a.key))?.[1] ?? "Other")?.push(a);
  by.get("Resource")?.push(...resource);
  return order
    .map((title) => ({ title, attributes: (by.get(title) ?? []).sort(compare) }))
    .filter((g) => g.attributes.length > 0);
}

function compare(a: Attribute, b: Attribute): number {
  return rank(a.key) - rank(b.key) || a.key.localeCompare(b.key);
}

function rank(key: string): number {
  const at = first.indexOf(key);
  return at < 0 ? first.length : at;
}
