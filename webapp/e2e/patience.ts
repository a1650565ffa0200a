/** How long anything is waited for, in milliseconds: how fast the machine is today is no property of the code */
export const patience = 180_000
