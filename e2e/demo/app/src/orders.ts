import { orders } from './metrics.ts'

export const placeOrder = (): void => orders.inc()
