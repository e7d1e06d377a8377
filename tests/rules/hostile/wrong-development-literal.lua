-- a unit that does not exist
-- expect: fault the catalogue knows no unit 'TDA-99'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return unit { id = "TDA-99" }
  end,
}
