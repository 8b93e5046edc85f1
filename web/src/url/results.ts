// Where "back to the results" leads: the last trace search of this tab.

const key = "oriel-results";

/** Called by a list of results with its own query, "?" and all. */
export function rememberResults(search: string): void {
  try {
    window.sessionStorage.setItem(key, search);
  } catch {
    // Storage may be closed to us; the way back is then the bare page.
  }
}

/** The address of the last results, or undefined if there were none. */
export function lastResults(): string | undefined {
  try {
    const search = window.sessionStorage.getItem(key);
    return search === null ? undefined : `traces${search}`;
  } catch {
    return undefined;
  }
}
