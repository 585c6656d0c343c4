/** Puts a report into the page, which is one file that needs no other. */
import type { Report } from './schema.ts'

/** What the page has in place of the report: the contents of a script of JSON. @internal */
export const REPORT_PLACE = '"the report"'

export function pageWith(template: string, report: Report): string {
  // In a script element `</script>` and `<!--` would be the browser's to read.
  const json = JSON.stringify(report).replaceAll('<', '\\u003c')
  return template.replace(REPORT_PLACE, () => json)
}
