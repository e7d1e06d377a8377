-- a unit that does not exist, by a computed name
-- expect: error the catalogue knows no unit
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    local id = "T" .. need.gap
    return unit { id = id }
  end,
}
