/** What two workers have written of a run. */
import type { FilePart, Part } from '../src/report/parts.ts'

const NOTHING: Omit<FilePart, 'file'> = {
  type: 'file',
  world: 'shared',
  startedAt: 1_000,
  endedAt: 2_000,
  evaluated: [],
  leaks: [],
  dirty: [],
  resets: 0,
  kept: [],
  notes: [],
  packages: [],
  waits: [],
}

export function filePart(file: string, part: Partial<FilePart> = {}): FilePart {
  return { ...NOTHING, file, ...part }
}

const worker = (name: string): Part => ({
  type: 'worker',
  worker: name,
  host: 'Vitest 5.1.1',
  node: 'v24.0.0',
  root: '/home/me/mono/app',
})

const wait = { module: '/home/me/mono/app/src/db.ts', key: 'db' }

export const SAMPLE_PARTS: readonly (readonly Part[])[] = [
  [
    worker('forks 1'),
    { type: 'modules', ids: ['/home/me/mono/app/src/counter.ts', '/home/me/mono/lib/shared.ts'] },
    { type: 'verdicts', verdicts: [[0, 's', '1: let count = 0']] },
    filePart('/home/me/mono/app/src/a.test.ts', {
      evaluated: [0, 2, 1_500, 1, 1, 250],
      resets: 1,
      leaks: [
        { what: 'process.env.TZ', kind: 'variable' },
        { what: 'setInterval(5 ms) of /home/me/mono/app/src/counter.ts', kind: 'timer' },
        { what: 'Math.ofTest', kind: 'property' },
      ],
      dirty: [
        { module: 0, exports: ['count'] },
        { module: 1, exports: [] },
      ],
      kept: [{ module: 1, reason: 'used by ../lib/index.ts, which stays' }],
      waits: [{ ...wait, askedAt: 1_000, gotAt: 1_001, endedAt: 2_000 }],
    }),
    {
      type: 'restored',
      file: '/home/me/mono/app/src/a.test.ts',
      outcomes: [
        { what: 'process.env.TZ', kind: 'variable', restored: true },
        {
          what: 'Math.ofTest',
          kind: 'property',
          restored: false,
          why: 'frozen, which /home/me/mono/app/src/a.test.ts has done',
        },
      ],
      reset: [0],
    },
    filePart('/home/me/mono/app/src/c.test.ts', { startedAt: 2_000, endedAt: 2_500 }),
  ],
  [
    worker('forks 2'),
    { type: 'modules', ids: ['/home/me/mono/app/src/counter.ts'] },
    filePart('/home/me/mono/app/src/b.test.ts', {
      evaluated: [0, 1, 500],
      leaks: [{ what: 'process.env.TZ', kind: 'variable' }],
      packages: [
        {
          name: 'graphql',
          copies: [
            {
              version: '16.11.0',
              dir: '/home/me/mono/node_modules/graphql',
              format: 'esm',
              loader: "Node's loader",
              chain: ['/home/me/mono/app/src/b.test.ts'],
            },
            {
              version: '16.11.0',
              dir: '/home/me/mono/node_modules/graphql',
              format: 'cjs',
              loader: "Node's loader",
              chain: ['/home/me/mono/node_modules/msw/index.js', '/home/me/mono/app/src/b.test.ts'],
            },
          ],
        },
      ],
      waits: [{ ...wait, askedAt: 1_100, gotAt: 2_010, endedAt: 3_000 }],
    }),
  ],
]
