export const cliErrors = {
  CLI_USAGE: {
    title: '無法執行這個指令',
    body: '{{reason}}',
    fix: '請參閱 {{help}}',
  },
  CLI_INPUT: {
    title: '無法使用 {{source}}',
    body: '{{reason}}',
    fix: '請換一個，再執行一次指令。',
  },
};
