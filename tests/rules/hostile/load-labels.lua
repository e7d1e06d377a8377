-- labels by the thousand
-- expect: fault C stack overflow
--* 3000 ::l@:: 

rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
