import { type ComponentType, lazy, Suspense, useEffect } from "react";
import { FrameProvider } from "./shell/frame";
import { PageGuard } from "./shell/guard";
import { pages } from "./shell/pages";
import { Shell } from "./shell/shell";
import { ClockProvider } from "./time/clock";
import { ButtonLink } from "./ui/button";
import { Empty } from "./ui/state";
import { navigate, usePlace } from "./url/router";
import { hrefFrom, useHref } from "./url/state";

// Each page is a folder with a page.tsx, loaded when it is first opened.
const found = import.meta.glob<{ default: ComponentType }>("./*/page.tsx");
const loaded = new Map(
  Object.entries(found).map(([path, load]) => [path.split("/")[1] ?? "", lazy(load)] as const),
);
const present = pages.filter((page) => loaded.has(page.name));

/** The whole UI: the frame around the page that the address names. */
export function App() {
  const { page, search } = usePlace();
  const start = page === "" || page === "index.html";
  useEffect(() => {
    if (start) navigate(hrefFrom(search, "map", {}), { replace: true });
  }, [start, search]);
  const Page = loaded.get(page);
  return (
    <ClockProvider>
      <FrameProvider>
        <Shell pages={present}>
          <PageGuard key={page}>
            <Suspense fallback={null}>{Page ? <Page /> : start ? null : <NoSuchPage name={page} />}</Suspense>
          </PageGuard>
        </Shell>
      </FrameProvider>
    </ClockProvider>
  );
}

function NoSuchPage({ name }: { name: string }) {
  const href = useHref();
  return (
    <div className="page">
      <Empty title="There is no such page" action={<ButtonLink href={href("map")}>Service map</ButtonLink>}>
        Nothing is at <span className="mono">{name}</span>.
      </Empty>
    </div>
  );
}
