package block

import (
	"context"

	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
)

// gathered is some rows of a part, whose columns are read when asked for.
type gathered struct {
	scan  *scan // with the rows as its part
	table plan.Table
}

// rowsPart is a part made of some rows of another.
type rowsPart struct {
	part
	at []int
}

func (p *rowsPart) rows() int { return len(p.at) }

func (p *rowsPart) column(name string, _ bool) (*parquet.Column, error) { return p.gather(name, p.at) }

func newGathered(ctx context.Context, p part, t plan.Table, rows []int) *gathered {
	return &gathered{newScan(ctx, &rowsPart{p, rows}), t}
}

// field reads a field of all rows.
func (g *gathered) field(f plan.Field) ([]plan.Value, error) {
	out := make([]plan.Value, g.scan.n)
	if f == plan.F(plan.Spec) {
		items, err := g.items()
		if err != nil {
			return nil, err
		}
		for i := range out {
			out[i] = plan.Raw(items[i])
		}
		return out, nil
	}
	r, err := g.scan.field(f)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i] = r.value(i)
	}
	return out, nil
}
