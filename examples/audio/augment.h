// Data augmentation: random changes to a recording that keep its label.
#pragma once
#include "examples/app/augment.h"
#include "examples/audio/wave.h"

namespace latent::audio {

using Change = examples::Change<Wave>;

Change speed(double largest);               // changes speed and pitch together, by at most this fraction
Change tilt(double largest);                // amplifies low or high tones: x[n] + a x[n - 1] with |a| <= largest
Change noise(double decibels);              // adds white noise, softer than the recording by at least `decibels`
Change gap(double seconds);                 // silences a random part of at most `seconds`
Change place(Index samples, double shift);  // placed() with a random shift of at most `shift` seconds

// Pads the recording with silence at both ends, or cuts both ends off, to `samples` samples; then moves it by `shift`.
Wave placed(const Wave& wave, Index samples, Index shift = 0);

}  // namespace latent::audio
