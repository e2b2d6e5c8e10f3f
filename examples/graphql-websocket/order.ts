import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { IsInt, Length, Max, Min } from 'class-validator';

/** An order, of which GraphQL shows the fields that say so; who placed it is for the resolver. */
@ObjectType()
export class Order {
  @Field(() => ID)
  readonly id!: string;

  @Field()
  readonly item!: string;

  @Field(() => Int)
  readonly quantity!: number;

  readonly tenantId!: string;
  readonly placedBy!: string;
}

/** What to order, by mutation or by message. */
@InputType()
export class NewOrder {
  @Field()
  @Length(1, 100)
  readonly item!: string;

  @Field(() => Int)
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly quantity!: number;
}
