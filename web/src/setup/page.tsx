import { ApiError } from "../api/client";
import { useLiveStatus } from "../api/status";
import type { Status } from "../api/types.gen";
import { useInFrame } from "../shell/frame";
import { useClock } from "../time/clock";
import { bytes, clock as clockText, count, dateText, spell } from "../time/format";
import { ButtonLink } from "../ui/button";
import { Glyph } from "../ui/glyph";
import { Section } from "../ui/inspector";
import { ErrorNote, Note } from "../ui/state";
import { Tabs } from "../ui/tabs";
import { text } from "../url/codec";
import { useHref, useUrlState } from "../url/state";
import { Arrival } from "./arrival";
import { Code } from "./code";
import { Ghost } from "./ghost";
import { Ledger } from "./ledger";
import { Listeners } from "./listeners";
import { reasonsFor } from "./reasons";
import styles from "./setup.module.css";
import { addressesOf, collectorSnippet, snippetsFor } from "./snippets";

const schema = { lang: text("java") };
const keys = [["← →", "Other language"]] as const;
const lost = new ApiError({
  title: "Oriel does not answer",
  status: 0,
  detail: "The page asks again by itself.",
});

/** How to send data here, what this process listens on, and why a page may be empty. */
export default function SetupPage() {
  const [state, change] = useUrlState(schema);
  const { status, connected } = useLiveStatus();
  const at = addressesOf(status, window.location.hostname);
  const snippets = snippetsFor(at);
  const snippet = snippets.find((one) => one.id === state.lang) ?? snippets[0];
  useInFrame(undefined, keys);
  return (
    <div className={`page ${styles.setup}`}>
      <section className="stack" aria-label="Send data here">
        <Lead status={status} />
        {snippet ? (
          <Tabs
            label="Language or sender"
            tabs={snippets.map((one) => ({ value: one.id, text: one.name }))}
            value={snippet.id}
            onChange={(lang) => change({ lang })}
            panelClass={`fill scroll stack ${styles.panel}`}
          >
            {snippet.steps.map((step, index) => (
              <div key={step.title} className={styles.step}>
                <span className={styles.no}>{index + 1}</span>
                <div>
                  <h3>
                    {step.title} <span>{step.note}</span>
                  </h3>
                  <Code text={step.code} label={step.title} />
                </div>
              </div>
            ))}
            <div className={styles.step}>
              <span className={styles.no}>{snippet.steps.length + 1}</span>
              <div>
                <h3>See it arrive</h3>
                <Arrival status={status} />
              </div>
            </div>
            <Ghost />
          </Tabs>
        ) : null}
        {connected ? null : <ErrorNote error={lost} />}
      </section>
      <aside className="scroll stack" aria-label="Listening on">
        <div className="tools">
          <b className={styles.ink}>Listening on</b>
          <span className="cap">{at.host}</span>
          <span className="grow" />
          <span className="cap">{connected ? "live, 1 s" : "not connected"}</span>
        </div>
        {status ? <Side status={status} collector={collectorSnippet(at)} /> : null}
      </aside>
    </div>
  );
}

function Lead({ status }: { status: Status | undefined }) {
  const href = useHref();
  const total = status?.received.reduce((sum, one) => sum + one.items, 0) ?? 0;
  const kept = status !== undefined && (status.store.spans > 0 || status.store.logs > 0);
  const up = status ? spell(status.nowMs - status.startedMs) : "";
  const nothing = total === 0 && !kept;
  return (
    <div className={styles.lead}>
      <div>
        <h2>{!status ? "Set-up" : nothing ? "Nothing received yet" : "Send more"}</h2>
        {status ? (
          <p>
            Oriel has been listening for {up}.{" "}
            {nothing
              ? "Point one service here; the map draws itself from the first span."
              : `It received ${count(total)} items since, and keeps ${count(status.store.spans)} spans and ${count(status.store.logs)} log lines.`}
          </p>
        ) : null}
      </div>
      {kept ? <ButtonLink href={href("map")}>Service map</ButtonLink> : null}
    </div>
  );
}

function Side({ status, collector }: { status: Status; collector: string }) {
  const clock = useClock();
  const reasons = reasonsFor(status, clock.window);
  const { store } = status;
  const at = (ms: number) => `${dateText(ms, clock.zone)} ${clockText(ms, clock.zone, "min")}`;
  return (
    <>
      <Listeners listeners={status.listeners} />
      {store.error ? (
        <Note meaning="fault" title="The store refuses writes.">
          <span className="mono">{store.error}</span>
        </Note>
      ) : null}
      <Section title="If a page stays empty" note="the five reasons" flush>
        <ul className={styles.reasons}>
          {reasons.map((reason) => (
            <li key={reason.id}>
              <Glyph
                meaning={reason.applies ? reason.meaning : "ok"}
                label={reason.applies ? "applies" : "does not apply"}
              />
              <span>
                <b>{reason.title}</b>
                <span className="cap">{reason.detail}</span>
              </span>
            </li>
          ))}
        </ul>
      </Section>
      {status.dropped > 0 ? <Ledger dropped={status.dropped} /> : null}
      <Section title="Store" note={`Oriel ${status.version}`}>
        <p className={styles.store}>
          {bytes(store.bytes)}
          {store.retentionBytes > 0 ? ` of ${bytes(store.retentionBytes)}` : ""}
          {store.oldestMs > 0 ? `, from ${at(store.oldestMs)} to ${at(store.newestMs)}` : ""}.{" "}
          {store.retentionMs > 0 ? `Kept for ${spell(store.retentionMs)}. ` : ""}
          {store.quarantined > 0 ? `${store.quarantined} damaged blocks are set aside.` : ""}
        </p>
      </Section>
      <Section title="A collector runs already?" note="add an exporter">
        <Code text={collector} label="Exporter for a collector" />
      </Section>
    </>
  );
}
