/** The hue of a service, 0 to 15: the same on every page and in both themes. Tokens svc-0 … svc-15. */
export function serviceHue(name: string): number {
  // FNV-1a over UTF-16 units, folded: four bits of a plain FNV depend on the last letters only.
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  }
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & 15;
}

/** The CSS colour of a service's mark. Names are never written in it. */
export function serviceColor(name: string): string {
  return `var(--svc-${serviceHue(name)})`;
}
