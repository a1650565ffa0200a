/** What a state means to whoever sees it. */
export type Tone = 'done' | 'due' | 'over' | 'wait'
