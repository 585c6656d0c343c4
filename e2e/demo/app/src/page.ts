import { createElement, useId, useState } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { product } from './catalog.ts'
import { currency } from './config.ts'

function ProductPage({ id }: { id: string }) {
  // Hooks work only if this React is the one that react-dom renders with.
  const [{ name, price }] = useState(() => product(id))
  const heading = useId()
  return createElement(
    'article',
    { 'aria-labelledby': heading },
    createElement('h1', { id: heading }, name),
    createElement('b', null, `${price} ${currency}`),
  )
}

export const renderProduct = (id: string): string => renderToStaticMarkup(createElement(ProductPage, { id }))
