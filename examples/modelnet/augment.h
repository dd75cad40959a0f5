// Data augmentation: random changes to a cloud that keep its label.
#pragma once
#include "examples/app/augment.h"
#include "examples/modelnet/mesh.h"

namespace latent::modelnet {

using Change = examples::Change<Cloud>;

Change scale_axes(double largest);    // multiplies each axis by 1 / (1 + largest) to 1 + largest
Change shift(double largest);         // moves the cloud by at most `largest` along each axis
Change mirror();                      // swaps left and right, and front and back, each with probability 1/2
Change scale_points(double largest);  // multiplies each point by 1 - largest to 1 + largest (Perceiver paper)
Change jitter(double deviation);      // adds normal noise to each coordinate
Change turn(double degrees);          // turns about the vertical, by at most `degrees` either way
Change choose(Index points);          // keeps `points` random points; all if there are no more

// Mixup of clouds: replaces a random number of the first points by points of `other`, a cloud of the same size, and
// returns their share, which is also the share of the other label in the target (PointCutMix-R, Zhang et al. 2021, for
// clouds whose points are in random order).
double mix(Cloud& cloud, const Cloud& other, Generator& generator);

}  // namespace latent::modelnet
