-- a chain of elseif
-- expect: fires
local x = 0
if x == -1 then x = 0
--* 2000 elseif x == @ then x = @ 

end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
