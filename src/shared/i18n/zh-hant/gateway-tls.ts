export const gatewayTlsErrors = {
  GATEWAY_URL_INVALID: {
    title: '這個 Gateway 網址不能用',
    body: '{{reason}}',
    fix: '請修正網址，寫法像 wss://studio.example:18789。',
  },
  GATEWAY_PLAINTEXT_REFUSED: {
    title: '不會以未加密的方式連到 {{host}}',
    body: 'ws:// 沒有加密，而 {{host}} 是另一台電腦：途中的任何人都能讀到權杖和聊天內容。',
    fix: '請改用 wss://，或改用「透過 SSH 遠端」。只有在你信任的私人網路上：在負責連線的程式的環境裡設定 OPENCLAW_ALLOW_INSECURE_PRIVATE_WS=1。',
  },
  GATEWAY_PLAINTEXT_PUBLIC: {
    title: '不會以未加密的方式連到 {{host}}',
    body: 'ws:// 沒有加密。{{reason}}',
    fix: '請改用 wss://，或改用「透過 SSH 遠端」。沒有任何設定能略過這條規則。',
  },
  GATEWAY_HOST_NOT_FOUND: {
    title: '查不到 {{host}} 這個名稱',
    body: '{{reason}}',
    fix: '請檢查 Gateway 網址的拼法，並確認已連上正確的網路或 VPN。',
  },
  GATEWAY_TLS_PIN_INVALID: {
    title: '看不懂這個憑證指紋',
    body: '指紋是憑證的 SHA-256：64 個十六進位數字，有沒有冒號都可以。沒有送出任何資料。',
    fix: '請修正指紋，或清空它，改由這台電腦信任的憑證機構判斷。',
  },
  GATEWAY_TLS_PIN_NEEDS_WSS: {
    title: '有指紋就必須用 wss://',
    body: '{{host}} 設了憑證指紋，但 ws:// 沒有憑證可以比對。沒有送出任何資料。',
    fix: '請把 Gateway 網址改成 wss://，或清空指紋。',
  },
  GATEWAY_TLS_PIN_MISMATCH: {
    title: '{{host}} 的憑證變了',
    body: '原本是 {{expected}}，現在是 {{actual}}，由 {{issuer}} 簽發，效期 {{validFrom}} 到 {{validTo}}。可能換過憑證，也可能有人從中攔截。沒有送出任何資料。',
    fix: '接受之前，請先和 Gateway 那台電腦上的指紋比對。',
  },
  GATEWAY_TLS_UNTRUSTED: {
    title: '{{host}} 的憑證不受信任',
    body: '這台電腦信任的憑證機構都沒有為它擔保（{{reason}}）。沒有送出任何資料。',
    fix: '請和 Gateway 那台電腦上的指紋比對後設定指紋，或讓 Gateway 使用知名機構簽發的憑證。',
  },
  GATEWAY_TLS_NAME_MISMATCH: {
    title: '這張憑證是給別的名稱用的',
    body: '{{host}} 出示的憑證上沒有 {{host}} 這個名稱。沒有送出任何資料。',
    fix: '請改用憑證上的名稱，或比對後設定它的指紋。',
  },
  GATEWAY_TLS_EXPIRED: {
    title: '{{host}} 的憑證現在無效',
    body: '{{reason}}沒有送出任何資料。',
    fix: '請在 Gateway 那台電腦上更新憑證，並檢查兩台電腦的時鐘。',
  },
  GATEWAY_TLS_MISSING: {
    title: '{{host}} 那裡沒有 TLS',
    body: '連接埠 {{port}} 有回應，但不是 TLS。沒有送出任何資料。',
    fix: '請檢查連接埠。如果那裡沒開 TLS，請開啟 gateway.tls，或改用「透過 SSH 遠端」。',
  },
  GATEWAY_TLS_FAILED: {
    title: '和 {{host}} 的 TLS 交握失敗',
    body: '雙方談不攏（{{reason}}）。沒有送出任何資料。',
    fix: '請查看 Gateway 的紀錄，或它前面的代理伺服器。',
  },
};

export const gatewayTlsCauses = {
  GATEWAY_URL_INVALID: {
    empty: '還沒有填。',
    scheme: '開頭必須是 wss://；連到這台電腦本身可以用 ws://。',
    shape: '寫法不像網址。',
    credentials: '裡面有使用者名稱、權杖或密碼。它們有自己的欄位，而網址會出現在紀錄裡。',
  },
  GATEWAY_HOST_NOT_FOUND: {
    unknown: '查過這個名稱，沒有這台電腦。',
    noAnswer: '名稱伺服器沒有回應，網路可能還沒準備好。',
  },
  GATEWAY_PLAINTEXT_PUBLIC: {
    public: '{{host}} 不是私人網路的位址，途中的任何人都能讀到權杖和聊天內容。',
    publicName: '{{host}} 是公開的名稱，途中的任何人都能讀到權杖和聊天內容。',
    unspecified: '{{host}} 不是任何電腦的位址。',
    ledAway: '{{host}} 通往 {{address}}，這是不允許的。沒有送出任何資料。',
  },
  GATEWAY_TLS_UNTRUSTED: {
    selfSigned: '它由自己簽發',
    unknownIssuer: '這裡不認得它的簽發者',
  },
  GATEWAY_TLS_EXPIRED: {
    expired: '它已經過期。',
    notYet: '它還沒有生效。',
  },
};
