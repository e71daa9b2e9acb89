/** Questions of the agent. */
export const ask = {
  label: 'Questions that wait for you',
  title: 'OpenClaw asks',
  answer: 'Answer',
  skip: 'Skip',
  skipNote: 'Without an answer it goes on by its own judgement.',
  own: 'Or in your own words',
  words: 'Your answer',
  elsewhere: 'It belongs to another conversation.',
  open: 'Open it',
  store: 'This answer goes into the secret store of the Gateway. Give it in the Gateway’s own Control UI.',
  offline: 'You can answer when Chela is connected again.',
};
