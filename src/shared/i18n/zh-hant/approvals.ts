export const approvals = {
  label: '等候您決定的指令',
  title: '要執行這個指令嗎？',
  command: '指令',
  host: '執行位置',
  gateway: 'Gateway',
  directory: '目錄',
  agent: '代理程式',
  expires: '{{clock}} 後失效',
  'allow-once': '允許一次',
  'allow-always': '一律允許',
  deny: '拒絕',
  offline: 'Chela 重新連線後即可決定。',
};
