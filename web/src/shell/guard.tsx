import { Component, type ReactNode } from "react";
import { Button } from "../ui/button";
import { Empty } from "../ui/state";

/** Keeps a page's own mistake inside the page: the frame stays, and the way back. */
export class PageGuard extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <div className="page">
        <Empty
          title="This page stopped working"
          action={<Button onClick={() => this.setState({ error: undefined })}>Draw it again</Button>}
        >
          <span className="mono">{String(this.state.error)}</span>
        </Empty>
      </div>
    );
  }
}
