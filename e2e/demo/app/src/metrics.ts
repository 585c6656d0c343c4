/** @fresh-modules no-reimport: registers its counter in prom-client, which takes each name once */
import { Counter } from 'prom-client'

export const orders = new Counter({ name: 'shop_orders_total', help: 'Orders placed' })
