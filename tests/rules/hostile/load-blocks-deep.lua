-- blocks, very deep
-- expect: fault
--* 1000 do 

--* 1000 end 

rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
