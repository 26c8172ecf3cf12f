from fit import *
