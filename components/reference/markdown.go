package reference

import (
	"fmt"
	"strings"

	"github.com/oriel-io/oriel/config"
)

// Generated is the first line of every page that is written by generate.
const Generated = "<!-- Written by go generate ./components/reference from the Config structs. Change those, not this page. -->"

// Pages are the reference pages by file name. about has what the packages of Configs say of
// themselves in Markdown, by folder; others are the pages that people wrote, by file name with their title.
func (r *Reference) Pages(about map[string]string, others map[string]string) map[string]string {
	pages := map[string]string{"README.md": r.index(others), ServicePage: r.servicePage()}
	for _, c := range r.Components {
		pages[c.Page()] = r.page(c, about[c.Package])
	}
	return pages
}

func (r *Reference) page(c Component, about string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n# %s: %s\n\n%s\n\n", Generated, c.Section(), c.Type, c.Summary)
	if signals := c.SignalsText(); signals != "" {
		fmt.Fprintf(&b, "Signals: %s.\n", signals)
	}
	if c.Stability != "" {
		fmt.Fprintf(&b, "Stability: %s.\n", c.Stability)
	}
	if len(c.Aliases) > 0 {
		fmt.Fprintf(&b, "Older names: `%s`.\n", strings.Join(c.Aliases, "`, `"))
	}
	if about != "" {
		fmt.Fprintf(&b, "\n%s\n", about)
	}
	fmt.Fprintf(&b, "\n## Keys\n\n")
	if c.Shape.Link != "" {
		fmt.Fprintf(&b, "The keys are described at <%s>.\n\n", c.Shape.Link)
	}
	if len(c.Shape.Fields) == 0 && !c.Shape.Open {
		fmt.Fprintf(&b, "There are none:\n\n")
	}
	r.table(&b, c.Shape)
	return b.String()
}

func (r *Reference) servicePage() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n# service\n\nWhat runs, what is connected to what, and how the process speaks of itself.\n\n## Keys\n\n", Generated)
	r.table(&b, r.Service)
	return b.String()
}

// table writes the keys of a block; those that do nothing come after.
func (r *Reference) table(b *strings.Builder, shape config.Shape) {
	var ignored, unsupported []Row
	var lines []string
	for _, row := range Rows(shape) {
		switch {
		case row.Field.Ignored:
			ignored = append(ignored, row)
		case row.Field.Unsupported:
			unsupported = append(unsupported, row)
		default:
			def := defaultText(row.Field.Shape)
			if def != "" {
				def = "`" + def + "`"
			}
			lines = append(lines, fmt.Sprintf("| `%s` | %s | %s | %s |", row.Path, cell(typeText(row.Field.Shape)), cell(def), cell(r.comment(row.Field))))
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(b, "| key | type | default | |\n|---|---|---|---|\n%s\n", strings.Join(lines, "\n"))
	}
	r.list(b, "Accepted so that files of upstream collectors load, without effect", ignored)
	r.list(b, "Keys of upstream collectors that are not supported yet; to set one is an error", unsupported)
}

// comment is what the page says of a field.
func (r *Reference) comment(f config.Field) string {
	text := r.Comments.Of(f)
	if f.Shape.Again {
		text += " Its keys are those of the block around it of the same kind."
	}
	if f.Shape.Link != "" {
		text += " See <" + f.Shape.Link + ">."
	}
	return strings.TrimSpace(text)
}

func (r *Reference) list(b *strings.Builder, title string, rows []Row) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n\n", title)
	for _, row := range rows {
		fmt.Fprintf(b, "- `%s`", row.Path)
		if text := r.Comments.Of(row.Field); text != "" {
			fmt.Fprintf(b, ": %s", text)
		}
		b.WriteByte('\n')
	}
}

func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}

func (r *Reference) index(others map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n# Reference\n\nEvery key of a configuration. `oriel explain receivers.otlp` says the same on a terminal, and\n[schema.json](schema.json), which `oriel components --schema` prints, lets editors complete and check.\n", Generated)
	for _, kind := range kinds {
		var lines []string
		for _, c := range r.Components {
			if c.Kind == kind {
				lines = append(lines, fmt.Sprintf("| [%s](%s) | %s | %s |", c.Type, c.Page(), c.SignalsText(), cell(c.Summary)))
			}
		}
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n## %ss\n\n| type | signals | |\n|---|---|---|\n%s\n", kind, strings.Join(lines, "\n"))
		}
	}
	fmt.Fprintf(&b, "\n## The rest\n\n- [service](%s): pipelines, extensions, telemetry of the process itself\n", ServicePage)
	for _, name := range sortedKeys(others) {
		fmt.Fprintf(&b, "- [%s](%s)\n", others[name], name)
	}
	return b.String()
}
