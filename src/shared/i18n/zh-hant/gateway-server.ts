/** 這台電腦的 Gateway 為什麼不開門。 */
export const gatewayServerErrors = {
  GATEWAY_RUNS_ALREADY: {
    title: '連接埠 {{port}} 上已有 Gateway 在執行',
    body: '由 {{command}}（行程 {{pid}}）執行。一台電腦有一個就夠了。',
    fix: '請讓 Chela 使用它：在「設定」選擇連接埠 {{port}} 與「自動」。',
  },
  ATTACHED_GATEWAY_ENDED: {
    title: '使用中的 Gateway 已經結束',
    body: 'Chela 原本使用連接埠 {{port}} 上已在執行的 Gateway，它已經不在了。',
    fix: '不必處理：如果它沒有回來，Chela 會啟動自己的 Gateway。',
  },
  LOCAL_GATEWAY_NOT_OURS: {
    title: '連接埠 {{port}} 上的 Gateway 屬於另一位使用者',
    body: '這台電腦的另一位使用者在那裡監聽。Chela 沒有把權杖或密碼傳給它。',
    fix: '請在「設定」為自己的 Gateway 選擇其他連接埠。',
  },
  SERVER_BIND_NEEDS_AUTH: {
    title: '沒有驗證方式，不對網路開放 Gateway',
    body: 'gateway.bind 設為「{{bind}}」，其他電腦連得到它，但沒有人設定它們該如何證明身分。',
    fix: '請設定 gateway.auth.token、gateway.auth.password，或把 gateway.auth.mode 設為「trusted-proxy」；不然就把 gateway.bind 設為「loopback」。',
  },
  SERVER_BIND_INVALID: {
    title: 'Gateway 無法在指定的位址上監聽',
    body: '{{reason}}',
    fix: '請修正 openclaw.json 裡的 gateway.bind 與 gateway.customBindHost。',
  },
  SERVER_PROXY_INCOMPLETE: {
    title: '受信任的 Proxy 設定不完整',
    body: 'gateway.auth.mode 是「trusted-proxy」，但 gateway.auth.trustedProxy.userHeader 沒有指明哪個標頭代表使用者。',
    fix: '請在 openclaw.json 設定 gateway.auth.trustedProxy.userHeader 與 gateway.trustedProxies。',
  },
  SERVER_TAILSCALE_FAILED: {
    title: '無法設定 Tailscale Serve',
    body: '{{reason}}',
    fix: '請檢查「tailscale status」與「tailscale serve status」，或把 gateway.tailscale.mode 設為「off」。',
  },
  SERVER_TAILSCALE_NEEDS_AUTH: {
    title: '沒有驗證方式，不對 tailnet 開放 Gateway',
    body: 'gateway.tailscale.mode 設為「serve」，但 gateway.auth.mode 是「none」。',
    fix: '請把 gateway.auth.mode 設為「token」或「password」，或把 gateway.tailscale.mode 設為「off」。',
  },
};
