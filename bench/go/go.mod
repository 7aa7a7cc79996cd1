module pushgate/bench

go 1.19
