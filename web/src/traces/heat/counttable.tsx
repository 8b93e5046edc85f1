import { count, durationText, percent } from "../../time/format";
import { type Column, Table } from "../../ui/table";
import { type Brush, brushOf, cellsOf, type Grid, rowStart, rowTotals } from "./grid";
import styles from "./plot.module.css";

interface Line {
  row: number;
  count: number;
  faults: number;
}

/** The counts of the plots as a table, slowest first. Opening a line brushes its durations. */
export function CountTable(props: {
  grid: Grid;
  brush: Brush | null;
  unit: string;
  onBrush: (brush: Brush) => void;
}) {
  const { grid, brush } = props;
  const lines = rowTotals(grid)
    .map((t, row) => ({ ...t, row }))
    .filter((l) => l.count > 0)
    .reverse();
  const cells = brush ? cellsOf(grid, brush) : null;
  const one = cells && cells.top === cells.row + 1 ? String(cells.row) : undefined;
  const columns: Column<Line>[] = [
    {
      id: "duration",
      title: "Duration",
      cell: (l) =>
        `${l.row === 0 ? "up to" : `${durationText(rowStart(grid, l.row))} –`} ${durationText(rowStart(grid, l.row + 1))}`,
    },
    { id: "count", title: props.unit, numeric: true, cell: (l) => count(l.count) },
    { id: "share", title: "of all", numeric: true, cell: (l) => `${percent(l.count / grid.total)} %` },
    { id: "faults", title: "with fault", numeric: true, cell: (l) => count(l.faults) },
    { id: "faultshare", title: "of them", numeric: true, cell: (l) => `${percent(l.faults / l.count)} %` },
  ];
  return (
    <div className={`scroll ${styles.plot}`}>
      <Table
        label={`Number of ${props.unit} by duration`}
        columns={columns}
        rows={lines}
        rowKey={(l) => String(l.row)}
        selected={one}
        onOpen={(l) =>
          props.onBrush(brushOf(grid, { column: 0, to: grid.columns, row: l.row, top: l.row + 1 }))
        }
      />
    </div>
  );
}
