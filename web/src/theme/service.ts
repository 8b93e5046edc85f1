/** The hue of a service, 0 to 15: the same on every page and in both themes. Tokens svc-0 … svc-15. */
export function serviceHue(name: string): number {
  // FNV-1a over UTF-16 units, then MurmurHash3's finalizer: the low bits of a plain FNV depend on few letters.
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 15;
}

/** The CSS colour of a service's mark. Names are never written in it. */
export function serviceColor(name: string): string {
  return `var(--svc-${serviceHue(name)})`;
}
