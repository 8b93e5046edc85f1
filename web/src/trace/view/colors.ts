import { useMemo } from "react";
import { serviceHue } from "../../theme/service";
import { type Palette, usePalette } from "../../theme/theme";
import type { TraceModel } from "../engine/model";

/** Colors are the tokens that the canvases of a trace are drawn in, resolved once for each theme. */
export interface Colors {
  readonly token: Palette;
  /** One a service of the trace. */
  readonly services: readonly string[];
  readonly sans: string;
}

export function useColors(m: TraceModel): Colors {
  const token = usePalette();
  return useMemo(
    () => ({
      token,
      services: m.services.map((s) => token(`svc-${serviceHue(s.name)}`)),
      sans: token("sans"),
    }),
    [token, m],
  );
}
