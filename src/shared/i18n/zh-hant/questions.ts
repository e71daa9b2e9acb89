export const questions = {
  hostKey: {
    title: '這真的是 {{host}} 嗎？',
    body: 'Chela 第一次連到這台電腦，對方出示了這把金鑰。信任之前，請先與那台電腦本身核對。',
    host: '主機',
    keyType: '金鑰類型',
    fingerprint: '指紋',
    copy: '複製指紋',
    copyCommand: '複製指令',
    compare: '請在 {{host}} 上執行這個指令，最好直接在那台電腦前操作。指紋必須一字不差。',
    stored: '信任後，金鑰會加入 {{file}}。',
    trust: '信任並連線',
    refuse: '不要連線',
  },
  passphrase: {
    title: '金鑰已上鎖',
    body: '請輸入 {{file}} 的密語。Chela 不會儲存它。',
    label: '密語',
    wrong: '這個密語無法解開金鑰，請再試一次。',
    unlock: '解鎖',
    cancel: '取消',
  },
};
