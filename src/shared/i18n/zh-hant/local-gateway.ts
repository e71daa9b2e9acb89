/** 本機模式下由這台電腦執行的 Gateway。 */
export const localGateway = {
  label: 'Gateway',
  auto: '自動',
  embedded: 'Chela 內建',
  openclaw: 'OpenClaw',
  autoBody: '使用這台電腦上已在執行的 Gateway；沒有的話，Chela 會啟動內建的 Gateway。',
  embeddedBody: '一律使用 Chela 內建的小型 Gateway，不使用其他 Gateway。',
  openclawBody:
    '使用這台電腦上已在執行的 OpenClaw；沒有的話，Chela 會啟動已安裝的 OpenClaw，並讓它持續執行。',
  option: 'local 要執行的 Gateway：auto、embedded 或 openclaw',
  example: '使用已安裝的 OpenClaw，由 Chela 讓它持續執行',
  invalid: 'Gateway 只能是 auto、embedded 或 openclaw，不能是「{{gateway}}」。',
  needsLocal: '--gateway 須搭配 local。',
  is: '這台電腦的 Gateway：{{gateway}}（{{origin}}）',
};

export const localGatewayErrors = {
  OPENCLAW_NOT_INSTALLED: {
    title: '這台電腦沒有安裝 OpenClaw',
    body: 'PATH 上找不到「openclaw」，npm、pnpm、bun、Volta、nvm 與 Homebrew 的安裝位置也沒有。',
    fix: '請安裝它（npm install -g openclaw），或在「設定」改用 Chela 內建的 Gateway。',
  },
  OPENCLAW_NEEDS_NODE: {
    title: 'OpenClaw 需要其他版本的 Node',
    body: '它需要 Node {{needs}}，PATH 上的 Node 都不符合。',
    fix: '請安裝符合的 Node，然後再試一次。',
  },
  OPENCLAW_CONFIG_REFUSED: {
    title: 'OpenClaw 無法以目前的設定啟動',
    body: '它以代碼 78 結束，「openclaw doctor --fix」也沒有幫助。',
    fix: '請在終端機執行「openclaw doctor」，修正它指出的問題，然後再試一次。',
  },
  OPENCLAW_STOPPED: {
    title: 'OpenClaw 已停止',
    body: '它正常結束了，但不是 Chela 要求的。',
    fix: '再試一次即可重新啟動。',
  },
};
