import { type KeyboardEvent, type ReactNode, useRef } from "react";
import styles from "./table.module.css";

export interface Column<Row> {
  id: string;
  title: string;
  /** Right-aligned figures. */
  numeric?: boolean;
  cell: (row: Row) => ReactNode;
  /** Makes the head a button that sorts. */
  sortable?: boolean;
  className?: string;
}

/**
 * A table that the arrow keys walk: one row has the focus, Enter opens it.
 * Rows are fully drawn; for more than a few hundred use a virtual list.
 */
export function Table<Row>(props: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  selected?: string | undefined;
  onOpen?: (row: Row) => void;
  sort?: { by: string; descending: boolean };
  onSort?: (by: string) => void;
}) {
  const body = useRef<HTMLTableSectionElement>(null);
  const first = props.selected ?? (props.rows[0] ? props.rowKey(props.rows[0]) : undefined);
  const key = (event: KeyboardEvent<HTMLTableRowElement>, row: Row) => {
    const here = event.currentTarget;
    const target = {
      ArrowDown: here.nextElementSibling,
      ArrowUp: here.previousElementSibling,
      Home: body.current?.firstElementChild,
      End: body.current?.lastElementChild,
    }[event.key];
    if (target instanceof HTMLElement) {
      event.preventDefault();
      target.focus();
    } else if ((event.key === "Enter" || event.key === " ") && event.target === here) {
      event.preventDefault();
      props.onOpen?.(row);
    }
  };
  return (
    <table className={styles.table} aria-label={props.label}>
      <thead>
        <tr>
          {props.columns.map((column) => (
            <Head key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        {props.rows.map((row) => {
          const id = props.rowKey(row);
          return (
            <tr
              key={id}
              tabIndex={id === first ? 0 : -1}
              aria-selected={props.selected === undefined ? undefined : id === props.selected}
              className={props.onOpen ? styles.opens : undefined}
              onKeyDown={(event) => key(event, row)}
              onClick={() => props.onOpen?.(row)}
            >
              {props.columns.map((column) => (
                <td key={column.id} className={cellClass(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Head<Row>(props: {
  column: Column<Row>;
  sort: { by: string; descending: boolean } | undefined;
  onSort: ((by: string) => void) | undefined;
}) {
  const { column, sort } = props;
  const sorted = sort?.by === column.id;
  const direction = sorted ? (sort.descending ? "descending" : "ascending") : undefined;
  return (
    <th scope="col" className={cellClass(column)} aria-sort={direction}>
      {column.sortable ? (
        <button type="button" onClick={() => props.onSort?.(column.id)}>
          {column.title}
          {sorted ? <span aria-hidden="true">{sort.descending ? " ↓" : " ↑"}</span> : null}
        </button>
      ) : (
        column.title
      )}
    </th>
  );
}

function cellClass<Row>(column: Column<Row>): string | undefined {
  return [column.numeric ? "num" : "", column.className ?? ""].join(" ").trim() || undefined;
}
