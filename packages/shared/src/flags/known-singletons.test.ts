import { describe, expect, test } from 'vitest'
import { packageNameOf } from '../host/packages.ts'
import { KNOWN_SINGLETONS, knownSingleton, registryReason } from './known-singletons.ts'

const namesOf = ({ name }: { name: string | readonly string[] }) => [name].flat()

describe('each row', () => {
  test.each(KNOWN_SINGLETONS.map((row) => [namesOf(row).join(', '), row] as const))('%s', (_, row) => {
    for (const name of namesOf(row)) expect(packageNameOf(name)).toBe(name)
    expect(row.source.length).toBeGreaterThan(0)
    for (const source of row.source) expect(source).toMatch(/^[\w.-]+\/[\w.-]+#\d+$/)
    // It goes into the middle of messages.
    expect(row.why).toMatch(/^\S[^\n]*[^.\s]$/)
    expect(row.text === undefined).toBe(row.when === undefined)
    expect(row.registers !== undefined).toBe(row.kind.includes('registry'))
    if (!row.kind.includes('doubled')) expect(row.across).toBe('file')
  })

  test('is about packages of its own', () => {
    const names = KNOWN_SINGLETONS.flatMap(namesOf)
    expect(new Set(names).size).toBe(names.length)
  })
})

test('a package is found by any of the names of its row, and by no other', () => {
  expect(knownSingleton('react')).toBe(knownSingleton('react-dom'))
  expect(knownSingleton('react')?.kind).toEqual(['doubled'])
  expect(knownSingleton('mongoose')?.kind).toEqual(['doubled', 'registry'])
  for (const neighbour of ['react-is', 'react/jsx-runtime', 'React', 'graphql-tag', 'constructor', '']) {
    expect(knownSingleton(neighbour)).toBeUndefined()
  }
})

test('packages of which a healthy tree holds several versions are no copies of each other', () => {
  for (const name of ['react', 'graphql', 'zod', '@sinclair/typebox', 'mobx', 'mongoose']) {
    expect(knownSingleton(name)?.across).not.toBe('versions')
  }
})

test('packages that complain of any other copy count them all', () => {
  for (const name of ['yjs', 'zone.js', 'babel-polyfill'])
    expect(knownSingleton(name)?.across).toBe('versions')
})

test('a registry says what is registered, and where', () => {
  expect(registryReason('prom-client')).toBe('registers metrics in prom-client, which is kept')
  expect(registryReason('typeorm')).toBe('registers entities in typeorm, which is kept')
  expect(registryReason('lit')).toBe("registers custom elements in the window's registry, which is kept")
  expect(registryReason('react')).toBeUndefined()
  expect(registryReason('zod')).toBeUndefined()
  expect(registryReason('unheard-of')).toBeUndefined()
})
