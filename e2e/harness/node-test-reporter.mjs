/**
 * A reporter for `node --test`: one line of JSON for each test, in the shape of the harness's `TestResult`. It runs in the
 * Node under test, so it is plain JavaScript that the oldest supported Node understands.
 */
export default async function* report(events) {
  /** Names of the suites around the current test, outermost first; `nesting` is an index into it. */
  const names = []
  for await (const { type, data } of events) {
    if (type === 'test:start') names.splice(data.nesting, Infinity, data.name)
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.details?.type === 'suite') continue
    const { error } = data.details ?? {}
    const skipped = data.skip !== undefined || data.todo !== undefined
    const result = {
      name: [...names.slice(0, data.nesting), data.name].join(' '),
      file: data.file ?? '',
      status: skipped ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed',
      messages: error ? [String(error.cause?.stack ?? error.cause ?? error.stack ?? error)] : [],
    }
    yield `${JSON.stringify(result)}\n`
  }
}
