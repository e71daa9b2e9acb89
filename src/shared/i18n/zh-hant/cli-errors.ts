export const cliErrors = {
  CLI_USAGE: {
    title: '無法執行這個指令',
    body: '{{reason}}',
    fix: '請參閱 {{help}}',
  },
  CLI_INPUT: {
    title: '無法使用 {{source}}',
    body: '這項輸入{{reason}}。',
    fix: '請換一個，再執行一次指令。',
  },
  GATEWAY_CREDENTIAL_NEEDED: {
    title: 'Gateway 要求權杖或密碼',
    body: '兩者都沒有送給 {{url}}：{{reason}}。',
    fix: '請使用 --token-file 或 --password-file。',
  },
  TUNNEL_DOWN: {
    title: '通道尚未建立',
    body: '通道應該通到 {{url}}，但沒有程式在那裡等候連線：{{reason}}。',
    fix: '請執行：chela connect',
  },
  RUN_FAILED: {
    title: 'Gateway 無法回答',
    body: '執行結束時回報：{{reason}}。',
    fix: '請查看 chela logs，然後再試一次。',
  },
  RUN_ABORTED: {
    title: '回答已被中止',
    body: '執行完成之前，有人中止了它。',
    fix: '若仍需要回答，請再送出一次訊息。',
  },
  NOT_FOUND_THERE: {
    title: 'Gateway 找不到「{{wanted}}」',
    body: '{{reason}}。',
    fix: '請參閱 {{see}}',
  },
  AMBIGUOUS: {
    title: '「{{wanted}}」可能指好幾個',
    body: '符合這個名稱的有：{{ids}}。',
    fix: '請用完整的 ID 指定；參閱 {{see}}',
  },
  NOT_CHOSEN: {
    title: '沒有核准任何請求',
    body: '最新的請求是 {{requestId}}，來自 {{name}}，要求 {{asks}}。',
    fix: '若那是您的裝置，請執行：{{approve}} {{requestId}}，或加上 --latest',
  },
  NOTHING_PENDING: {
    title: '沒有待核准的請求',
    body: '目前沒有裝置或節點要求加入。請求會在幾分鐘後消失。',
    fix: '請讓該裝置或節點重新連線，再看 {{see}}',
  },
  NOT_HEALTHY: {
    title: 'Gateway 回報自己有問題',
    body: '它在 {{url}} 有回應，但回報了自身的問題。',
    fix: '請查看 chela health --json 與 chela logs。',
  },
};

export const cliCauses = {
  CLI_INPUT: {
    absent: '不存在：沒有這個檔案',
    forbidden: '您沒有權限讀取',
    directory: '是資料夾，不是檔案',
    unreadable: '無法讀取（{{errno}}）',
    tooLarge: '超過 {{limit}} 位元組',
    binary: '不是 UTF-8 文字',
    empty: '是空的',
    lines: '不只一行；機密必須是單一一行',
    control: '含有控制字元',
    terminal: '會以明文輸入：標準輸入是終端機。請改用管線提供',
    twice: '以兩種方式重複提供；請只提供一種',
    both: '同時是權杖與密碼；請只提供一種',
    urlScheme: '必須以 wss:// 開頭（連到這台電腦時可用 ws://），例如 wss://studio.example:18789',
    urlShape: '不是網址的寫法，例如 wss://studio.example:18789',
    urlSecret: '裡面有使用者名稱、權杖或密碼。那些有各自的選項，而網址會留在記錄檔裡',
    notJson: '不是 JSON',
    notObject: '是 JSON，但不是像 {"limit": 5} 這樣的物件',
  },
  GATEWAY_CREDENTIAL_NEEDED: {
    urlFlagBare: '使用 --url 時，除了您為它提供的內容，不會送出任何機密，而您沒有提供',
    otherHost: '在 Chela 輸入的網址和 gateway.remote.url 不是同一台主機，因此 {{withheld}} 留在本機',
    urlFlag: '使用 --url 時，除了您為它提供的內容，不會送出任何機密，因此 {{withheld}} 留在本機',
    urlEnv: '使用 OPENCLAW_GATEWAY_URL 時，只會送出環境變數中的機密，因此 {{withheld}} 留在本機',
    strictRemote: '查詢遠端 Gateway 的狀態與探測時，只使用它自己的權杖，因此 {{withheld}} 留在本機',
    nothing: '沒有為它設定任何一項',
  },
  TUNNEL_DOWN: {
    noApp: '維持到 {{target}} 通道的 Chela 沒有在執行',
    appRuns: 'Chela 正在執行，但它到 {{target}} 的通道中斷了；請參閱 chela tunnel status',
    foreign: '負責這條通道的程式還沒有開啟它',
  },
  NOT_FOUND_THERE: {
    device: '沒有已配對的裝置使用那個 ID 或名稱',
    node: '沒有節點使用那個 ID 或名稱',
    request: '沒有這個待核准的請求；它可能已過期或已有決定',
  },
};
