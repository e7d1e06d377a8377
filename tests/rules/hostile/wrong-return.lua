-- a number recommended
-- expect: error recommend returned a number
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return 5
  end,
}
