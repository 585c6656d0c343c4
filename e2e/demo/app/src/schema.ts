import { GraphQLFloat, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { product } from './catalog.ts'

const Product = new GraphQLObjectType({
  name: 'Product',
  fields: { id: { type: GraphQLString }, name: { type: GraphQLString }, price: { type: GraphQLFloat } },
})

export const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      product: {
        type: Product,
        args: { id: { type: GraphQLString } },
        resolve: (_source: unknown, { id }: { id: string }) => product(id),
      },
    },
  }),
})
