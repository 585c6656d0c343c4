/** What the caller's thread and the helper thread say to each other. */
import type { MessagePort } from 'node:worker_threads'
import type { LockOutcome, LockRequest, LostLock } from './types.ts'

/** The options as they cross: checked, with defaults filled in, an absolute folder and nothing that cannot be cloned. */
export interface KeeperOptions {
  readonly dir: string
  readonly staleMs: number
  readonly lockTimeout: number | undefined
  readonly mode: 'wait' | 'throw'
  readonly worker: string
}

/** The first message to the helper thread, once for each `WorkerLocks` object. */
export interface Hello {
  readonly port: MessagePort
  /** See `LIFE`. */
  readonly life: SharedArrayBuffer
  readonly options: KeeperOptions
}

export type Question =
  | { readonly id: number; readonly ask: 'acquire'; readonly request: LockRequest }
  | { readonly id: number; readonly ask: 'release'; readonly keys: readonly string[] | undefined }

export type Answer =
  | {
      readonly id: number
      readonly say: 'outcome'
      readonly request: LockRequest
      readonly outcome: LockOutcome
    }
  | { readonly id: number; readonly say: 'released'; readonly keys: readonly string[] }

export type News =
  | { readonly say: 'lost'; readonly lost: LostLock }
  | { readonly say: 'report'; readonly line: string }

/** The words of the shared memory: what a caller can see while it sleeps in `Atomics.wait`. */
export const LIFE = {
  /** Counts the messages to the caller; it sleeps on this word. */
  mail: 0,
  /** Counts up every `BEAT_MS` for as long as the helper thread lives. */
  beat: 1,
  /** 1 once the helper thread has ended. */
  gone: 2,
} as const

export const LIFE_WORDS = 3
export const BEAT_MS = 250
