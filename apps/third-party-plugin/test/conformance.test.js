import { describe, it } from 'node:test';
import { testAdapter, testFusion } from '@adapterfusion/conformance';
import { film, loudest, slots, clipped, tiedLora } from 'adapterfusion-film';

testAdapter({ describe, it }, film());
testAdapter({ describe, it }, film({ places: 'both' }));
testAdapter({ describe, it }, tiedLora({ r: 2 }));
testAdapter({ describe, it }, slots());
testFusion({ describe, it }, loudest());
testFusion({ describe, it }, clipped());
