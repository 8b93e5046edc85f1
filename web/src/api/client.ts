import type { Problem } from "./types.gen";

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** An answer that was not the one asked for, with the server's own words where it had any. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = "ApiError";
    this.problem = problem;
  }
}

/** The address of an API path ("traces") with its query, relative to the UI's folder. */
export function apiUrl(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === "" || value === false) continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(key, String(one));
  }
  const text = params.toString();
  return `api/v1/${path}${text === "" ? "" : `?${text}`}`;
}

/** Asks the API. Throws an ApiError for anything but a JSON answer with a good status. */
export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(apiUrl(path, query), {
      headers: { accept: "application/json" },
      signal: signal ?? null,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    const detail = "The process may be stopped, or a proxy in between is not reachable.";
    throw new ApiError({ title: "Oriel does not answer", status: 0, detail });
  }
  if (!response.ok) throw new ApiError(await problemOf(response));
  try {
    return (await response.json()) as T;
  } catch {
    const detail = `${path} did not answer with JSON. Is there something else at this address?`;
    throw new ApiError({ title: "The answer could not be read", status: response.status, detail });
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const fallback = { title: response.statusText || `Status ${response.status}`, status: response.status };
  if (!response.headers.get("content-type")?.includes("json")) return fallback;
  try {
    const body: unknown = await response.json();
    if (typeof body !== "object" || body === null || !("title" in body)) return fallback;
    return { ...fallback, ...(body as Partial<Problem>) };
  } catch {
    return fallback;
  }
}

/** What went wrong, for people. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  return { title: "Something went wrong in this page", status: 0, detail: String(error) };
}
