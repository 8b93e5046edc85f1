const paths = {
  logo: "M8 4.5h8v15H8zM8 4.5 3 7.2v9.6l5 2.7M16 4.5l5 2.7v9.6l-5 2.7M8 11h8M8 11l-5 .4M16 11l5 .4",
  map: "M2.75 12a2.25 2.25 0 1 0 4.5 0a2.25 2.25 0 1 0-4.5 0M15.75 6a2.25 2.25 0 1 0 4.5 0a2.25 2.25 0 1 0-4.5 0M15.75 18a2.25 2.25 0 1 0 4.5 0a2.25 2.25 0 1 0-4.5 0M7.1 11 15.9 7M7.1 13l8.8 4",
  traces: "M3.5 6.5h12M7.5 12h8M11.5 17.5h9",
  logs: "M4 6h16M4 10h10M4 14h13M4 18h7",
  setup: "M4 7h9M17 7h3M4 17h3M11 17h9M13 7a2 2 0 1 0 4 0a2 2 0 1 0-4 0M7 17a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
  theme: "M4.5 12a7.5 7.5 0 1 0 15 0a7.5 7.5 0 1 0-15 0M12 4.5v15M14.5 5v14M17 7v10",
  help: "M9 9.2a3 3 0 1 1 4.4 2.7c-.9.5-1.4 1.1-1.4 2.1M12 17.4v.2",
  find: "M5 10.5a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0M15 15l5 5",
  down: "M7 10l5 5 5-5",
  right: "M10 7l5 5-5 5",
  left: "M14 7l-5 5 5 5",
  close: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  copy: "M8 8h11v12H8zM5 16V4h11",
  link: "M9 15 19 5M12 5h7v7M19 15v4H5V5h4",
  filter: "M4 5h16l-6 7.5V19l-4-2v-4.5z",
  play: "M8 6v12l9-6z",
  pause: "M8 6v12M16 6v12",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  check: "M5 12.5l4.5 4.5L19 7.5",
  compare: "M3 13l6-6 5 4 7-7M3 20l6-4 5 2 7-5",
} as const;

export type IconName = keyof typeof paths;

/** A line drawing of 24 units. It says nothing to screen readers: its control has the name. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={name === "play" ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth={(1.5 * 24) / size / 1.25}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
