import { serviceColor } from "../theme/service";
import styles from "./servicename.module.css";

/** The square of a service's hue. */
export function ServiceMark({ name }: { name: string }) {
  return <i className={styles.mark} style={{ background: serviceColor(name) }} aria-hidden="true" />;
}

/** A service's name with its square, and its version behind. */
export function ServiceName({ name, version }: { name: string; version?: string | undefined }) {
  return (
    <span className={styles.name}>
      <ServiceMark name={name} />
      <span className="trunc">
        {name}
        {version ? ` ${version}` : ""}
      </span>
    </span>
  );
}
