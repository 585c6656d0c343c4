const shared = {
  transform: {
    '\\.ts$': [
      'babel-jest',
      { presets: [['@babel/preset-env', { targets: { node: 'current' } }], '@babel/preset-typescript'] },
    ],
  },
}

module.exports = {
  projects: [
    {
      ...shared,
      displayName: 'fresh',
      testEnvironment: '@fresh-modules/jest-env',
      testMatch: ['<rootDir>/src/fresh.test.ts'],
    },
    {
      ...shared,
      displayName: 'today',
      testEnvironment: 'node',
      testMatch: ['<rootDir>/src/today.jest.test.ts'],
    },
  ],
}
