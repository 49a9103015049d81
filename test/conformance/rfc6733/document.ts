/** docs/rfc6733.md, from the clauses and the judgements. The same input gives the same text. */
import type { Clause } from "./clauses.js";
import type { Judgement, Status } from "./judgement.js";
import type { Source } from "./sources.js";

const STATUSES: readonly Status[] = ["met", "partly", "not applicable", "open"];

interface Row {
  readonly clause: Clause;
  readonly judgement: Judgement;
}

export function documentOf(
  sources: readonly Source[],
  clauses: readonly Clause[],
  judgements: readonly Judgement[],
): string {
  const byId = new Map(judgements.map((judgement) => [judgement.id, judgement]));
  const rows = clauses.flatMap((clause): Row[] => {
    const judgement = byId.get(clause.id);
    return judgement === undefined ? [] : [{ clause, judgement }];
  });
  return [HEAD, summary(sources, rows), outstanding(rows), ...sources.map((source) => chapter(source, rows))].join(
    "\n",
  );
}

const HEAD = `# RFC 6733, clause by clause

<!-- Written by \`npm run compliance\` from test/conformance/rfc6733. Do not edit. -->

Every sentence of RFC 6733 sections 2 to 9, and of RFC 3539 section 3 (the watchdog and its transport), that holds one of the words
MUST, MUST NOT, SHALL, SHALL NOT, SHOULD, SHOULD NOT, REQUIRED, RECOMMENDED or NOT RECOMMENDED of RFC 2119, with what diamgen does and the tests that show it.

A program finds the sentences in the texts of the RFCs and numbers them: \`6733-5.3-4\` is the fourth of section 5.3. A few words about the first
keyword locate each; read the sentence itself in [RFC 6733](https://www.rfc-editor.org/rfc/rfc6733) or [RFC 3539](https://www.rfc-editor.org/rfc/rfc3539).

- **met**: the tests named would fail otherwise; they run with all others.
- **partly**: what is done is tested; the text says what is not done.
- **not applicable**: the sentence speaks to somebody else, such as the author of an application; the text says to whom.
- **open**: not done yet.

\`test/conformance/compliance.test.ts\` fails where a clause has no judgement, where a named test does not exist or is skipped, and where this document
is not what the program writes.
`;

function summary(sources: readonly Source[], rows: readonly Row[]): string {
  const lines = ["| | clauses | met | partly | not applicable | open |", "|---|---:|---:|---:|---:|---:|"];
  for (const { rfc, sections } of sources)
    for (const section of sections) {
      const own = rows.filter(({ clause }) => chapterOf(clause.id) === `${rfc}-${section}`);
      lines.push(`| RFC ${rfc} section ${section} | ${counts(own)} |`);
    }
  lines.push(`| **all** | ${counts(rows)} |`);
  return `## How far it is\n\n${lines.join("\n")}\n`;
}

function counts(rows: readonly Row[]): string {
  const of = (status: Status) => rows.filter(({ judgement }) => judgement.status === status).length;
  return [rows.length, ...STATUSES.map(of)].join(" | ");
}

/** What somebody who compares implementations looks for first: a line for each of the chapters. */
function outstanding(rows: readonly Row[]): string {
  const lines = (["open", "partly"] as const).flatMap((status) => {
    const ids = rows.filter(({ judgement }) => judgement.status === status).map(({ clause: { id } }) => id);
    const chapters = [...new Set(ids.map(chapterOf))];
    const items = chapters.map((name) => {
      const own = ids.filter((id) => chapterOf(id) === name);
      return `- ${own.map((id) => `[${id}](#${id})`).join(", ")}`;
    });
    return [`${ids.length} ${status}${ids.length > 0 ? ":" : "."}`, "", ...items, ""];
  });
  return lines.join("\n");
}

/** `6733-5` of `6733-5.3-4`. */
function chapterOf(id: string): string {
  return /^\d+-\d+/.exec(id)?.[0] ?? id;
}

function chapter(source: Source, rows: readonly Row[]): string {
  const lines = [`## RFC ${source.rfc}: ${source.title}`, ""];
  let section = "";
  for (const { clause, judgement } of rows) {
    if (!clause.id.startsWith(`${source.rfc}-`)) continue;
    if (clause.section !== section) {
      section = clause.section;
      lines.push(`### ${section} ${clause.heading}`, "");
    }
    lines.push(...paragraph(clause, judgement), "");
  }
  return lines.join("\n");
}

function paragraph(clause: Clause, judgement: Judgement): string[] {
  const lines = [
    `<a id="${clause.id}"></a>**${clause.id}** ${clause.keywords.join(", ")}: *${escaped(clause.locator)}*`,
    `— **${judgement.status}**: ${judgement.how}`,
  ];
  if (judgement.tests.length > 0) lines.push(`Tests: ${judgement.tests.map(link).join("; ")}.`);
  return lines;
}

/** `file > title` as a link to the file: line numbers would change with every other change of it. */
function link(test: string): string {
  const [file = "", ...titles] = test.split(" > ");
  return `[${escaped(titles.join(" > "))}](../test/${file})`;
}

function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|]/g, "\\$&");
}
