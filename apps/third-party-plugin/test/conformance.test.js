import { describe, it } from 'node:test';
import { testAdapter, testFusion } from '@adapterfusion/conformance';
import { film, loudest } from 'adapterfusion-film';

testAdapter({ describe, it }, film());
testAdapter({ describe, it }, film({ places: 'both' }));
testFusion({ describe, it }, loudest());
