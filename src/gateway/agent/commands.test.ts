import { describe, expect, it } from 'vitest';
import { parseCommand } from './commands.ts';

describe('parseCommand', () => {
  it.each([
    ['/help', { name: 'help' }],
    [' /STATUS ', { name: 'status' }],
    ['/model', { name: 'model', argument: '' }],
    ['/model  ollama/llama3.2:latest ', { name: 'model', argument: 'ollama/llama3.2:latest' }],
    ['/helpful', null],
    ['/help me write a letter', null],
    ['what does /help do?', null],
    ['/new', null],
    ['', null],
  ])('%j', (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });
});
