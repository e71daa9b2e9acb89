// Who may import whom. The rooms and the reasons are in ARCHITECTURE.md.
const rooms = {
  shared: [],
  gateway: ['shared'],
  core: ['shared', 'gateway'],
  main: ['core', 'shared'],
  web: ['core', 'shared'],
  preload: ['shared'],
  cli: ['core', 'gateway', 'shared'],
  renderer: ['shared'],
};

const layerRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-imports`,
  severity: 'error',
  comment: `src/${room} may import from: ${[room, ...allowed].join(', ')}`,
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'gateway-door',
      severity: 'error',
      comment: 'the Gateway is used through its door, src/gateway/index.ts',
      from: { path: '^src/(core|cli)/' },
      to: { path: '^src/gateway/', pathNot: '^src/gateway/((index|process)\\.ts$|test-support/)' },
    },
    {
      name: 'test-support-is-for-tests',
      severity: 'error',
      comment: 'no product code stands on what tests share',
      from: {
        path: '^src/',
        pathNot: '(\\.test\\.tsx?|-spec\\.ts|-bench\\.ts|\\.fixture\\.ts)$|/test-support/',
      },
      to: { path: '/test-support/' },
    },
    {
      name: 'electron-edge',
      severity: 'error',
      comment: 'electron is imported in src/main and src/preload only',
      from: { path: '^src/', pathNot: '^src/(main|preload)/' },
      to: { path: '^(node_modules/)?(electron|electron-store)(/|$)' },
    },
    {
      name: 'shared-is-pure',
      severity: 'error',
      comment: 'src/shared holds values only',
      from: { path: '^src/shared/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'renderer-is-a-page',
      severity: 'error',
      comment: 'the renderer runs in a page: no Node modules',
      from: { path: '^src/renderer/', pathNot: '\\.test\\.tsx?$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'renderer-ui-is-plain',
      severity: 'error',
      comment: 'ui/ knows neither stores nor features',
      from: { path: '^src/renderer/ui/' },
      to: { path: '^src/renderer/(stores|features|bridge)' },
    },
    {
      name: 'renderer-bridge',
      severity: 'error',
      comment: 'only stores (and the composition root) touch the bridge',
      from: { path: '^src/renderer/features/' },
      to: { path: '^src/renderer/bridge' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-found', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
