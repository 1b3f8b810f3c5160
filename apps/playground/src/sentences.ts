/** Sentences as the page shows them: one a line, `+` before a kind one, `-` before an unkind one. */
export const FILMS = `
+ I laughed until the lights went on.
- Two hours that nobody gives me back.
+ A tender story, and every role is played well.
- The plot makes no sense at all.
+ The ending moved the whole cinema to tears.
- Dull from the first scene to the last.
+ Bright, quick and full of ideas.
- The dialogue is stiff and the jokes are old.
+ She gives the best performance of her life.
- A weak script and a bored cast.
+ Beautiful pictures and wonderful music.
- I walked out after half an hour.
`.trim();

/** As {@link FILMS}. */
export const RESTAURANTS = `
+ We will come back for the noodles alone.
- The soup was cold and the waiter rude.
+ Fresh fish, warm bread and friendly people.
- We waited an hour for a dry steak.
+ The best breakfast in town.
- Overpriced, loud and dirty.
+ Every dish was a delight.
- The salad was old and the bread was hard.
+ Quick service and generous portions.
- My stomach hurt all night.
+ A cosy room and an excellent cook.
- They forgot our order twice.
`.trim();

/** As {@link FILMS}: the few of the task that matters. */
export const PRODUCTS = `
+ The battery lasts for days.
- It stopped charging after a week.
+ Easy to set up and a joy to use.
- The screen broke on the first day.
+ Great sound for the price.
- Cheap plastic, it feels like a toy.
`.trim();

/** As {@link FILMS}: what the result is measured on, never trained on. */
export const HELD_OUT = `
+ Works perfectly, I am very happy with it.
- A waste of money.
+ Excellent quality, I recommend it.
- The buttons do not work and nobody answers.
+ Light, quiet and well made.
- Poor fit, it hurts my ears.
+ My children love it.
- It arrived broken, and the new one broke too.
+ Good value and fast delivery.
- The worst phone I ever had.
`.trim();
