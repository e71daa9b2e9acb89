export const cli = {
  description: '與另一台機器上的 OpenClaw Gateway 對話。',
  options: {
    dataDir: 'Chela 存放檔案的位置',
    json: '輸出 JSON',
    port: '127.0.0.1 上的連接埠（預設依序為：設定、OPENCLAW_GATEWAY_PORT、openclaw.json、18789）',
  },
  status: {
    description: 'Gateway 在哪裡執行、是否有回應',
    runsLocal: 'OpenClaw 執行於：本機（這台電腦）',
    runsRemote: 'OpenClaw 執行於：透過 SSH 連線的遠端（{{target}}）',
    gateway: 'Gateway：{{url}}',
    answers: '● {{version}} 在 {{rtt}} 毫秒內回應，登入方式：{{method}}',
    fix: '解決方法：{{fix}}',
  },
  gateway: {
    description: '內建的 Gateway',
    run: '執行內建的 Gateway，直到按下 Ctrl+C',
    listening: 'Gateway 正在 {{url}} 等候連線',
    token: '權杖存放於 {{file}}',
    tokenConfigured: '權杖就是您設定的那一個。',
    stopping: '正在停止…',
  },
};
