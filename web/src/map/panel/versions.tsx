import { durationText, percent, rate } from "../../time/format";
import { Outcome } from "../../ui/glyph";
import { Section, Verdict } from "../../ui/inspector";
import { Link } from "../../url/link";
import { useHref } from "../../url/state";
import type { Graph, Node } from "../graph";
import { loud, share } from "../stats";
import { weighVersions } from "../verdict";
import styles from "./panel.module.css";

/** Versions side by side: their split, their figures, and a plain line on which is worse. */
export function Versions({ graph, node }: { graph: Graph; node: Node }) {
  const href = useHref();
  const verdicts = weighVersions(graph, node);
  const verdict = verdicts[0];
  const worse = new Set(verdicts.filter((one) => one.kind === "worse").map((one) => one.part.key));
  const total = node.parts.reduce((sum, part) => sum + part.stats.requests, 0);
  const shareOf = (requests: number) => (total === 0 ? 0 : requests / total);
  const split = node.parts.map((part) => `${part.version} ${percent(shareOf(part.stats.requests))} per cent`);
  return (
    <Section title="Versions" note="share of requests">
      <div className={styles.split} role="img" aria-label={split.join(", ")}>
        {node.parts.map((part) => (
          <i
            key={part.key}
            style={{
              flexGrow: shareOf(part.stats.requests),
              background: versionColor(node, part.key, worse),
            }}
          />
        ))}
      </div>
      <table className={styles.versions}>
        <thead>
          <tr>
            <th scope="col">
              <span className="vh">version</span>
            </th>
            <th scope="col">share</th>
            <th scope="col">req/s</th>
            <th scope="col">fault</th>
            <th scope="col">p50</th>
            <th scope="col">p95</th>
          </tr>
        </thead>
        <tbody>
          {node.parts.map((part) => {
            const { stats } = part;
            const none = stats.requests === 0;
            const faults = share(stats, "fault");
            const slow =
              verdicts.some((one) => one.part === part && one.kind === "worse") && isSlow(verdicts, part.key);
            return (
              <tr key={part.key} className={shareOf(stats.requests) < 0.001 ? "dim" : undefined}>
                <td className={worse.has(part.key) ? "strong" : undefined}>{part.version || "no version"}</td>
                <td>{percent(shareOf(stats.requests))} %</td>
                <td>{rate(stats.perSecond)}</td>
                <td>
                  {none ? "–" : null}
                  {!none && faults >= loud.fault ? (
                    <Outcome meaning="fault">{percent(faults)} %</Outcome>
                  ) : null}
                  {!none && faults < loud.fault ? `${percent(faults)} %` : null}
                </td>
                <td>{none ? "–" : durationText(stats.p50)}</td>
                <td className={slow ? "strong" : undefined}>{none ? "–" : durationText(stats.p95)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {verdict ? (
        <Verdict meaning={verdict.kind === "worse" ? "fault" : "plain"}>
          <b>{verdict.title}</b> {verdict.evidence}{" "}
          {verdict.kind === "worse" ? (
            <Link href={href("traces", { service: node.name, version: verdict.part.version })}>
              Traces of {verdict.part.version}
            </Link>
          ) : null}
        </Verdict>
      ) : null}
    </Section>
  );
}

function isSlow(verdicts: ReturnType<typeof weighVersions>, key: string): boolean {
  const verdict = verdicts.find((one) => one.part.key === key);
  return verdict !== undefined && verdict.part.stats.p95 >= verdict.base.stats.p95 * 1.5;
}

/** Grey for what is usual; red only for a version that is worse and fails. */
export function versionColor(node: Node, key: string, worse: ReadonlySet<string>): string {
  const part = node.parts.find((one) => one.key === key);
  if (part && worse.has(key))
    return share(part.stats, "fault") >= loud.fault ? "var(--fault)" : "var(--plot)";
  return "var(--plot-2)";
}
