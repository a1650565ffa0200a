import type { User } from '@/services/types'

/** Who may see and do what in the app. The server decides for itself; these only spare people what it would refuse. */
export const createsDocuments = (user: User): boolean => user.canCreateDocuments
export const oversees = (user: User): boolean => user.role === 'admin' || user.role === 'auditor'
export const seesGroups = (user: User): boolean => user.role !== 'signer'
export const seesDocuments = (user: User): boolean => createsDocuments(user) || oversees(user)
